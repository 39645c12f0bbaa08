# frozen_string_literal: true

require 'spec_helper'

RSpec.describe Types::Geo::RegistryClassEnum do
  let(:registry_classes) do
    %w[
      PACKAGE_FILE_REGISTRY
      BOILER_REGISTRY
    ]
  end
end
