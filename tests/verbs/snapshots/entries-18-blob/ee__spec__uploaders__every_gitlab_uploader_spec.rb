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

  def data_type_for(uploader)
    object_type = uploader.name.delete_suffix('Uploader').underscore.tr('/', '_')

    unmatched_data_types = {
      'burner' => 'furnace',
      'outer_tank' => 'tank'
    }

    unmatched_data_types.fetch(object_type, object_type)
  end
end
