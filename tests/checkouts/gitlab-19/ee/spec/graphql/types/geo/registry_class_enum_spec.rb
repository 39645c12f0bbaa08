# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Types::Geo::RegistryClassEnum do
  let(:registry_classes) do
    %w[
      BOILER_REGISTRY
      PACKAGES_BOX_REGISTRY
      PACKAGE_FILE_REGISTRY
    ]
  end
end
