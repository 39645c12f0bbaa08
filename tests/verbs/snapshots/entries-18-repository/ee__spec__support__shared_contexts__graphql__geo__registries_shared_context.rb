# frozen_string_literal: true

RSpec.shared_context 'with geo registries shared context' do
  using RSpec::Parameterized::TableSyntax

  where(:registry_class, :registry_type, :registry_factory) do
    # rubocop:disable Layout/LineLength
    Geo::BoilerRegistry     | Types::Geo::BoilerRegistryType     | :geo_boiler_registry
    Geo::CoolWidgetRegistry | Types::Geo::CoolWidgetRegistryType | :geo_cool_widget_registry
    Geo::TankRegistry       | Types::Geo::TankRegistryType       | :geo_tank_registry
    # rubocop:enable Layout/LineLength
  end
end
