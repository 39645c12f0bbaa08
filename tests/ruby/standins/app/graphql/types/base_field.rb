# frozen_string_literal: true

module Types
  class BaseField < GraphQL::Schema::Field
    def initialize(*arguments, alpha: nil, **options, &block)
      name = arguments.first || options[:name]
      raise ArgumentError, "#{name} has no description" if options[:description].blank?
      raise ArgumentError, "#{name}: no full stop" unless options[:description].end_with?('.')
      raise ArgumentError, "#{name}: milestone" if alpha && !/\A\d+\.\d+\z/.match?(alpha.fetch(:milestone))

      super(*arguments, **options, &block)
    end
  end
end
