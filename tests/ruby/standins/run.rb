# frozen_string_literal: true

# Checks trees of generated files against the stand-ins.
#
# Each line of standard input: a JSON object with the "jobs", the "databases" (as many pairs as may run at once) and
# where PostgreSQL is. A line of standard output for each: one JSON result a job, in their order. The libraries are
# loaded once; each job is a fork, so that what one loads another does not see.

require 'json'
require 'timeout'
require 'tmpdir'
require_relative 'libraries'
require_relative 'job'

# Memory is cheaper here than time, and no job lives long.
GC.disable

def run_job(request, job, databases, path)
  options = { tree: job.fetch('tree'), brief: job.fetch('brief') }
  result = Job.new(**options, databases: databases, server: request.fetch('server')).run(job.fetch('last'))
  File.write(path, JSON.generate(result))
end

def run_jobs(request, results)
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
      $stdout.reopen($stderr) # where answers go nobody else writes
      run_job(request, job, databases, File.join(results, number.to_s))
      exit!(0) # no at_exit of a library
    end
    running[pid] = databases
  end
  wait_for_one.call until running.empty?

  request.fetch('jobs').each_index.map do |number|
    path = File.join(results, number.to_s)
    File.exist?(path) ? JSON.parse(File.read(path)) : { 'failed' => 'crash', 'message' => 'the process ended early' }
  end
end

$stdin.each_line do |line|
  answers = Dir.mktmpdir { |results| run_jobs(JSON.parse(line), results) }
  $stdout.puts(JSON.generate(answers))
  $stdout.flush
end
