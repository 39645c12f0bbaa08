# frozen_string_literal: true

class GitlabSchema < GraphQL::Schema
  query Types::QueryType
end
