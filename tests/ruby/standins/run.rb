# frozen_string_literal: true

# Checks trees of generated files against the stand-ins.
#
# Standard input: a JSON object with the "jobs", the "databases" (as many pairs as may run at once) and where PostgreSQL
# is. Standard output: one JSON result a job, in their order. The libraries are loaded once; each job is a fork, so that
# what one loads another does not see.

require 'json'
require 'timeout'
require 'tmpdir'
require_relative 'libraries'
require_relative 'job'

request = JSON.parse($stdin.read)
results = Dir.mktmpdir

# Memory is cheaper here than time, and no job lives long.
GC.disable

def run_job(request, job, databases, path)
  options = { tree: job.fetch('tree'), brief: job.fetch('brief') }
  result = Job.new(**options, databases: databases, server: request.fetch('server')).run(job.fetch('last'))
  File.write(path, JSON.generate(result))
end

running = {}
free = request.fetch('databases')
wait_for_one = lambda do
  pid, = Process.wait2
  free << running.delete(pid)
end
request.fetch('jobs').each_with_index do |job, number|
  wait_for_one.call if free.empty?
  databases = free.shift
  pid = fork do
    run_job(request, job, databases, File.join(results, number.to_s))
    $stdout.flush
    exit!(0) # no at_exit of a library
  end
  running[pid] = databases
end
wait_for_one.call until running.empty?

answers = request.fetch('jobs').each_index.map do |number|
  path = File.join(results, number.to_s)
  File.exist?(path) ? JSON.parse(File.read(path)) : { 'failed' => 'crash', 'message' => 'the process ended early' }
end
FileUtils.remove_entry(results)
$stdout.write(JSON.generate(answers))
