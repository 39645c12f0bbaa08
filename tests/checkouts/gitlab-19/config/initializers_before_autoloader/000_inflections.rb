# frozen_string_literal: true

ActiveSupport::Inflector.inflections do |inflect|
  inflect.uncountable %w[
    boiler_registry
    package_file_registry
  ]
end
