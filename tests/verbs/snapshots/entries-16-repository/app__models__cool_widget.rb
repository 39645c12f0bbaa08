# frozen_string_literal: true

class CoolWidget < ApplicationRecord
  include Sortable

  belongs_to :project
end

CoolWidget.prepend_mod
