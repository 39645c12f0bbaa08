# frozen_string_literal: true

module Geo
  # Rows of the registry that the finder is named after.
  module FrameworkRegistryFinder
    def initialize(current_user, params = {})
      @current_user = current_user
      @params = params
    end

    def execute
      rows = registry_class.all
      rows = rows.where(id: @params[:ids]) if @params[:ids]
      rows = rows.public_send(@params[:replication_state]) if @params[:replication_state]
      rows = rows.public_send(@params[:verification_state]) if @params[:verification_state]
      rows.order(:id)
    end

    def registry_class
      self.class.name.delete_suffix('Finder').constantize
    end
  end
end
