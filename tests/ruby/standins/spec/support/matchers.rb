# frozen_string_literal: true

RSpec::Matchers.define :have_graphql_fields do |*expected|
  chain(:at_least) { @at_least = true }

  match do |graphql_type|
    actual = graphql_type.fields.each_value.map(&:original_name)
    @missing = expected - actual
    @extra = @at_least ? [] : actual - expected
    @missing.empty? && @extra.empty?
  end

  failure_message { |graphql_type| "#{graphql_type} lacks #{@missing} and has #{@extra} too many" }
end
