# frozen_string_literal: true

module Geo
  class CoolWidgetRegistry < Geo::BaseRegistry
    include ::Geo::ReplicableRegistry
    include ::Geo::VerifiableRegistry

    belongs_to :cool_widget, class_name: 'CoolWidget'

    def self.model_class
      ::CoolWidget
    end

    def self.model_foreign_key
      :cool_widget_id
    end

    # `cool_widgets` has no `updated_at`.
    def self.model_updated_last
      :created_at
    end
  end
end
