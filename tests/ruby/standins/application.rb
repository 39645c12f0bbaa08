# frozen_string_literal: true

class Module
  # GitLab's hook for the EE mixin of a class.
  def prepend_mod
    prepend("EE::#{name}".constantize)
  end
end

# The tree and the stand-ins as one application, loaded by Zeitwerk as Rails does it.
class Application
  ROOTS = %w[
    app/models app/models/concerns app/uploaders app/finders app/graphql app/workers lib
    ee/app/models ee/app/models/concerns ee/app/replicators ee/app/finders ee/app/graphql ee/app/workers ee/lib
  ].freeze

  # Rails' autoloaders ask Active Support for the constant of a file.
  module Inflector
    def self.camelize(basename, _path)
      basename.camelize
    end
  end

  class << self
    attr_accessor :tree, :type
  end

  def initialize(tree)
    @tree = tree
    self.class.tree = tree
    self.class.type = JSON.parse(File.read(File.join(tree, 'type.json')))
  end

  # Before anything else, as in GitLab: migrations are found by them, too.
  def inflect
    Kernel.load(File.join(@tree, 'config/initializers_before_autoloader/000_inflections.rb'))
  end

  def load
    loader = Zeitwerk::Loader.new
    loader.inflector = Inflector
    [@tree, *self.class.edition_folders, __dir__].product(ROOTS).each do |base, root|
      folder = File.join(base, root)
      loader.push_dir(folder) if File.directory?(folder)
    end
    loader.setup
    Gitlab::Geo.replicator_classes # as GitLab's initializers do: only from here the circle of constants can be entered
    loader.eager_load
    Gitlab::Utils::Override.verify!
  end

  # What an edition has otherwise than those that it builds on shadows theirs.
  def self.edition_folders
    Dir[File.join(__dir__, 'edition_*')].select { |folder| since?(folder[/\d+\z/].to_i) }.sort.reverse
  end

  # Whether the type is one of an edition, or of one that builds on it.
  def self.since?(edition)
    type.fetch('edition').to_i >= edition
  end

  # A table, a class and its entry in the dictionary agree.
  def check_tables
    Dir[File.join(@tree, '{db,ee/db/geo}/docs/*.yml')].each do |path|
      entry = YAML.safe_load(File.read(path))
      entry.fetch('classes').each do |name|
        klass = name.constantize
        raise "#{name} has the table #{klass.table_name}" unless klass.table_name == entry['table_name']
        raise "#{name} does not find its table" unless klass.table_exists?
      end
    end
  end
end
