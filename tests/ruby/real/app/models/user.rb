# frozen_string_literal: true

# Somebody, who may be an administrator.
class User < ApplicationRecord
end
