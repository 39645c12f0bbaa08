# frozen_string_literal: true

module Gitlab
  # Who may fetch from a repository.
  class GitAccess
    ERROR_MESSAGES = { no_repo: 'A repository for this record does not exist yet.' }.freeze

    def self.error_message(key)
      ERROR_MESSAGES.fetch(key)
    end
  end
end
