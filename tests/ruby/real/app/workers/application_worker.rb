# frozen_string_literal: true

# A job without a queue: what one is told about itself is not looked at.
module ApplicationWorker
  extend ActiveSupport::Concern

  class_methods do
    %i[
      concurrency_limit data_consistency deduplicate defer_on_database_health_signal feature_category idempotent!
      loggable_arguments queue_namespace sidekiq_options sidekiq_retry_in urgency worker_has_external_dependencies!
      worker_resource_boundary sidekiq_retries_exhausted max_concurrency_limit_percentage
    ].each { |name| define_method(name) { |*, **| nil } }

    # As in GitLab's specs: no job runs unless an example calls it.
    def perform_async(*)
      'job'
    end
  end
end
