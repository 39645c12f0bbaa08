# frozen_string_literal: true

# Reads reports with GitLab's own parsers, loaded by path from a checkout. Standard input: a JSON object with the
# "checkout" and the paths of a "junit" and a "codequality" report. Standard output: what GitLab keeps of each.

require 'json'
require 'active_support'
require 'active_support/all'
require 'nokogiri'
require 'json_schemer'

# What GitLab has around them: its root and its JSON.
module Rails
  class << self
    attr_accessor :root
  end
end

module Gitlab
  Json = ::JSON
end

Job = Struct.new(:test_suite_name, :max_test_cases_per_report)

request = JSON.parse($stdin.read)
Rails.root = Pathname.new(request.fetch('checkout'))
ActiveSupport::XmlMini.backend = 'Nokogiri' # as its config/application.rb does
%w[
  lib/gitlab/xml_converter lib/gitlab/ci/parsers/parser_error lib/gitlab/ci/reports/test_case
  lib/gitlab/ci/reports/test_suite lib/gitlab/ci/reports/test_report lib/gitlab/ci/reports/codequality_reports
  lib/gitlab/ci/parsers/test/junit lib/gitlab/ci/parsers/codequality/code_climate
].each { |path| require Rails.root.join(path).to_s }

tests = Gitlab::Ci::Reports::TestReport.new
Gitlab::Ci::Parsers::Test::Junit.new.parse!(
  File.read(request.fetch('junit')), tests, job: Job.new('geo-checklist', 500_000)
)
suite = tests.get_suite('geo-checklist')
quality = Gitlab::Ci::Reports::CodequalityReports.new
Gitlab::Ci::Parsers::Codequality::CodeClimate.new.parse!(File.read(request.fetch('codequality')), quality)

cases = []
suite.each_test_case do |each|
  cases << { suite: each.suite_name, classname: each.classname, name: each.name, file: each.file, status: each.status,
             output: each.system_output }
end
$stdout.write(JSON.generate(
  error: suite.suite_error, total: suite.total_count, cases: cases,
  quality_error: quality.error_message, degradations: quality.all_degradations,
  summary: quality.code_quality_report_summary
))
