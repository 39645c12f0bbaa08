# frozen_string_literal: true

# The edition whose extensions are mixed in.
module GitlabEdition
  def self.extensions
    %w[ee]
  end
end
