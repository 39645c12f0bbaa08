# frozen_string_literal: true

# A record with a Git repository.
module WithRepository
  def repository
    @repository ||= Repository.new("#{self.class.table_name}/#{id}.git")
  end

  def repository_storage
    'default'
  end

  def pool_repository
    :pool
  end
end
