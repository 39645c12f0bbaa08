# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include HasRepository
  include ObjectStorable
  include Sortable

  STORE_COLUMN = :file_store

  belongs_to :project
end

CoolWidget.prepend_mod
