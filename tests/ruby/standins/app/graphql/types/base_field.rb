# frozen_string_literal: true

module Types
  class BaseField < GraphQL::Schema::Field
    # The option of what may still change, which was `alpha` before edition 18.
    def initialize(*arguments, alpha: nil, experiment: nil, **options, &block)
      name = arguments.first || options[:name]
      raise ArgumentError, "#{name} has no description" if options[:description].blank?
      raise ArgumentError, "#{name}: no full stop" unless options[:description].end_with?('.')

      wanted, other = Application.since?(18) ? [experiment, alpha] : [alpha, experiment]
      raise ArgumentError, "#{name}: not the option of this edition" if other
      raise ArgumentError, "#{name}: milestone" if wanted && !/\A\d+\.\d+\z/.match?(wanted.fetch(:milestone))

      super(*arguments, **options, &block)
    end
  end
end
