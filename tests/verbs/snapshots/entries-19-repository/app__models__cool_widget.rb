# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include HasRepository
  include Sortable

  belongs_to :project
end

CoolWidget.prepend_mod
