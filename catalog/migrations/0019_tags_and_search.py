"""Tags, and rows by which metrics and tags are searched."""

import catalog.models.names
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0018_tasks_without_target"),
    ]

    operations = [
        migrations.CreateModel(
            name='IndexedMetric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=255)),
                ('value', models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name='IndexedTag',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=63)),
                ('value', models.CharField(max_length=255)),
            ],
        ),
        migrations.AddField(
            model_name='dataset',
            name='tags',
            field=models.JSONField(default=dict, editable=False, validators=[catalog.models.names.validate_tags]),
        ),
        migrations.AddField(
            model_name='datasetversion',
            name='tags',
            field=models.JSONField(default=dict, editable=False, validators=[catalog.models.names.validate_tags]),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='tags',
            field=models.JSONField(default=dict, editable=False, validators=[catalog.models.names.validate_tags]),
        ),
        migrations.AddField(
            model_name='registeredmodel',
            name='tags',
            field=models.JSONField(default=dict, editable=False, validators=[catalog.models.names.validate_tags]),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='verb',
            field=models.CharField(choices=[('dataset_added', 'Dataset Added'), ('model_trained', 'Model Trained'), ('model_uploaded', 'Model Uploaded'), ('approved', 'Approved'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('promoted', 'Promoted'), ('rolled_back', 'Rolled Back'), ('alias_removed', 'Alias Removed'), ('archived', 'Archived'), ('restored', 'Restored'), ('trashed', 'Trashed'), ('purged', 'Purged'), ('annotated', 'Annotated'), ('evaluated', 'Evaluated'), ('tagged', 'Tagged'), ('downloaded', 'Downloaded'), ('job_queued', 'Job Queued'), ('job_cancelled', 'Job Cancelled'), ('job_retried', 'Job Retried'), ('token_created', 'Token Created'), ('token_revoked', 'Token Revoked'), ('device_set_up', 'Device Set Up'), ('backup_codes_made', 'Backup Codes Made'), ('devices_reset', 'Devices Reset')], max_length=30),
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(fields=['estimator', '-id'], name='model_version_estimators'),
        ),
        migrations.AddIndex(
            model_name='modelversion',
            index=models.Index(fields=['created_by', '-id'], name='model_version_authors'),
        ),
        migrations.AddField(
            model_name='indexedmetric',
            name='model_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='indexed_metrics', to='catalog.modelversion'),
        ),
        migrations.AddField(
            model_name='indexedtag',
            name='dataset',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed_tags', to='catalog.dataset'),
        ),
        migrations.AddField(
            model_name='indexedtag',
            name='dataset_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed_tags', to='catalog.datasetversion'),
        ),
        migrations.AddField(
            model_name='indexedtag',
            name='model_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed_tags', to='catalog.modelversion'),
        ),
        migrations.AddField(
            model_name='indexedtag',
            name='registered_model',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='indexed_tags', to='catalog.registeredmodel'),
        ),
        migrations.AddIndex(
            model_name='indexedmetric',
            index=models.Index(fields=['name', 'value', 'model_version'], name='indexed_metric_search'),
        ),
        migrations.AddConstraint(
            model_name='indexedmetric',
            constraint=models.UniqueConstraint(fields=('model_version', 'name'), name='one_indexed_metric_a_name'),
        ),
        migrations.AddIndex(
            model_name='indexedtag',
            index=models.Index(fields=['key', 'value', 'model_version'], name='indexed_tag_search'),
        ),
        migrations.AddConstraint(
            model_name='indexedtag',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('dataset__isnull', True), ('dataset_version__isnull', True), ('model_version__isnull', False), ('registered_model__isnull', True)), models.Q(('dataset__isnull', True), ('dataset_version__isnull', True), ('model_version__isnull', True), ('registered_model__isnull', False)), models.Q(('dataset__isnull', False), ('dataset_version__isnull', True), ('model_version__isnull', True), ('registered_model__isnull', True)), models.Q(('dataset__isnull', True), ('dataset_version__isnull', False), ('model_version__isnull', True), ('registered_model__isnull', True)), _connector='OR'), name='indexed_tag_is_of_one_row'),
        ),
    ]
