# frozen_string_literal: true

RSpec.shared_context 'with geo registries shared context' do
  using RSpec::Parameterized::TableSyntax

  where(:registry_class, :registry_type, :registry_factory) do
    # rubocop:disable Layout/LineLength
    Geo::BoilerRegistry      | Types::Geo::BoilerRegistryType      | :geo_boiler_registry
    Geo::CoolWidgetRegistry  | Types::Geo::CoolWidgetRegistryType  | :geo_cool_widget_registry
    Geo::PackageFileRegistry | Types::Geo::PackageFileRegistryType | :geo_package_file_registry
    Geo::TankUploadRegistryOfALongName | Types::Geo::TankUploadRegistryOfALongNameType | :geo_tank_upload_registry_of_a_long_name
    # rubocop:enable Layout/LineLength
  end
end
