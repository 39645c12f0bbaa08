# frozen_string_literal: true

module Geo
  class CoolWidgetState < ApplicationRecord
    include ::Geo::VerificationStateDefinition

    belongs_to :cool_widget, inverse_of: :cool_widget_state

    validates :verification_state, :cool_widget, presence: true
  end
end
