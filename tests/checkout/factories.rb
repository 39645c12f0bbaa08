# frozen_string_literal: true

# Loads the factories of a GitLab tree into the real FactoryBot and prints the class that each makes, as JSON.
#
# Nothing of GitLab is loaded: a constant that a definition names is a module made on the spot, which answers
# everything. A class is never built, so it need not be there.
#
# ruby factories.rb ROOT ACRONYM...

require 'json'
require 'logger'
require 'active_support'
require 'active_support/core_ext'
require 'factory_bot'

root, *acronyms = ARGV
ActiveSupport::Inflector.inflections(:en) { |inflect| acronyms.each { |each| inflect.acronym(each) } }

# Stands for any constant: what is asked of it, it is.
module Anything
  def const_missing(name)
    const_set(name, Module.new.extend(Anything))
  end

  def method_missing(*)
    self
  end

  def respond_to_missing?(*)
    true
  end

  def to_str
    name
  end
end

class Module
  def const_missing(name)
    Object.const_set(name, Module.new.extend(Anything))
  end
end

failed = {}
%w[spec/factories ee/spec/factories].each do |folder|
  Dir["#{root}/#{folder}/**/*.rb"].sort.each do |file|
    text = File.read(file).gsub(/^\s*require(_relative|_dependency)?\b.*$/, '')
    TOPLEVEL_BINDING.eval(text, file)
  rescue StandardError, NameError, SyntaxError => e
    failed[file.delete_prefix("#{root}/")] = e.message.lines.first
  end
end

classes = {}
FactoryBot::Internal.factories.each do |factory|
  named = factory.send(:class_name)
  classes[factory.name.to_s] = (named.is_a?(Module) ? named.name.to_s : named.to_s.camelize).delete_prefix('::')
end
puts JSON.dump('classes' => classes, 'failed' => failed)
