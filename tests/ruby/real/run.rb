# frozen_string_literal: true

# Runs the generated specs of one tree against GitLab's own Geo framework and shared examples, loaded by path from a
# checkout. Standard input: a JSON object with the "checkout", the "tree", its "databases" and where PostgreSQL is.
# Standard output: the examples, each with its spec, description, status and message, and the files that were loaded.

require 'json'
require_relative '../standins/libraries'
require 'global_id'
require 'global_id/identification'
require 'rspec/parameterized'
require 'stringio'
require 'tmpdir'
require_relative '../standins/database'
require_relative 'application'

request = JSON.parse($stdin.read)
checkout, tree = request.values_at('checkout', 'tree')
application = RealApplication.new(checkout, tree)
application.inflect
database = Database.new(tree, request.fetch('databases'), request.fetch('server'))
database.migrate([:up])
application.connect(request.fetch('databases'), request.fetch('server'))
application.load

output = StringIO.new
arguments = ['--options', File::NULL, '-I', File.join(__dir__, 'spec'), *application.specs]
# Their deprecations are GitLab's; what comes on standard output would end up in the answer.
status = RSpec::Core::Runner.run(arguments, output, output)
examples = RSpec.world.all_examples
# With errors outside of examples nothing has run.
raise output.string if examples.empty? || (status != 0 && examples.none? { |each| each.execution_result.status == :failed })

answer = {
  examples: examples.map do |example|
    result = example.execution_result
    {
      # The generated spec, not the shared example that it includes.
      spec: example.example_group.parent_groups.last.metadata.fetch(:absolute_file_path).delete_prefix("#{tree}/"),
      description: example.full_description,
      status: result.status,
      message: (result.exception || result.pending_exception)&.then { |error| "#{error.class}: #{error.message.strip}" }
    }
  end,
  loaded: $LOADED_FEATURES.grep(/\A#{Regexp.escape(checkout)}/)
                          .map { |path| path.delete_prefix("#{checkout}/") }
}
$stdout.write(JSON.generate(answer))
$stdout.flush
exit!(0) # no at_exit of a library
