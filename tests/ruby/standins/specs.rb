# frozen_string_literal: true

require 'stringio'

# The generated specs, run by RSpec, and ours for what no generated one sees.
class Specs
  def initialize(tree)
    @tree = tree
    @generated = Dir[File.join(tree, 'ee/spec/**/*_spec.rb')].sort
    @ours = Dir[File.join(__dir__, 'spec/**/*_spec.rb')].sort
  end

  # The number of examples by file, when all of them pass.
  def run(fail_fast:)
    output = StringIO.new
    arguments = ['--options', File::NULL, '-I', File.join(__dir__, 'spec'), '--format', 'progress']
    arguments << '--fail-fast' if fail_fast
    status = RSpec::Core::Runner.run([*arguments, *@generated, *@ours], output, output)
    examples = RSpec.world.all_examples
    unsuccessful = examples.reject { |example| example.execution_result.status == :passed }
    raise output.string if status != 0 || unsuccessful.any?

    counts
  end

  private

  def counts
    RSpec.world.example_groups.group_by { |group| group.metadata[:absolute_file_path] }.to_h do |path, groups|
      examples = groups.flat_map(&:descendants).sum { |group| group.examples.size }
      [path.delete_prefix("#{@tree}/").delete_prefix("#{__dir__}/"), examples]
    end
  end
end
