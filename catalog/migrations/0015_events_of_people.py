"""Events tell of people too: of the devices that show their one-time passwords."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0014_serving_tokens'),
    ]

    operations = [
        migrations.AlterField(
            model_name='auditevent',
            name='object_type',
            field=models.CharField(choices=[('dataset', 'Dataset'), ('model', 'Model'), ('prediction', 'Prediction'), ('job', 'Job'), ('token', 'Token'), ('user', 'User')], max_length=10),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('downloaded', 'Downloaded'), ('job_queued', 'Job Queued'), ('job_cancelled', 'Job Cancelled'), ('job_retried', 'Job Retried'), ('token_created', 'Token Created'), ('token_revoked', 'Token Revoked'), ('device_set_up', 'Device Set Up'), ('backup_codes_made', 'Backup Codes Made'), ('devices_reset', 'Devices Reset')], max_length=30),
        ),
    ]
