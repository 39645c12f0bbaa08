# frozen_string_literal: true

module ObjectStorage
  module Store
    LOCAL = 1
    REMOTE = 2
  end
end
