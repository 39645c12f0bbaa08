# frozen_string_literal: true

require 'spec_helper'

RSpec.describe 'Every GitLab uploader' do
  # rubocop:disable Layout/LineLength
  def known_unimplemented_uploader?(uploader)
    {
      FurnaceUploader => 'Burns everything.',
      TankUploader => 'Leaks.'
    }.key?(uploader)
  end
  # rubocop:enable Layout/LineLength
end
