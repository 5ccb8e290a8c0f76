from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calendars', '0001_initial'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='link',
            name='link_feed',
        ),
        migrations.AddIndex(
            model_name='link',
            index=models.Index(condition=models.Q(('hidden', False)), fields=['workspace', 'record_kind', 'record_id', 'starts_at', 'event'], include=('ends_at', 'all_day'), name='link_feed'),
        ),
    ]
