# frozen_string_literal: true

module StubObjectStorage
  def stub_object_storage_uploader(config:, uploader:, **params)
    stub_object_storage(**params)
  end

  def stub_object_storage(connection_params:, remote_directory:)
    Fog.mock!
  end

  def stub_shiny_widget_object_storage(**params)
    stub_object_storage_uploader(
      config: ::CoolWidgetUploader.object_store_options,
      uploader: ::CoolWidgetUploader,
      **params
    )
  end

  def stub_furnace_object_storage(**params)
    stub_object_storage_uploader(config: Gitlab.config.furnaces.object_store, **params)
  end
end
