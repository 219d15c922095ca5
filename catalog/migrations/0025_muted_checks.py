from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0024_worker_beats"),
    ]

    operations = [
        migrations.AddField(
            model_name='modelversion',
            name='muted_checks',
            field=models.JSONField(default=dict, editable=False, help_text='Of the checks that fired, by code why they do not count.'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('evaluated', 'Evaluated'), ('check_muted', 'Check Muted'), ('tagged', 'Tagged'), ('renamed', 'Renamed'), ('copied', 'Copied'), ('attached', 'Attached'), ('imported', 'Imported'), ('exported', 'Exported'), ('downloaded', 'Downloaded'), ('job_queued', 'Job Queued'), ('job_cancelled', 'Job Cancelled'), ('job_retried', 'Job Retried'), ('token_created', 'Token Created'), ('token_revoked', 'Token Revoked'), ('device_set_up', 'Device Set Up'), ('backup_codes_made', 'Backup Codes Made'), ('devices_reset', 'Devices Reset')], max_length=30),
        ),
    ]
