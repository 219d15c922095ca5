import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0025_muted_checks"),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('training', 'Training'), ('prediction', 'Prediction'), ('evaluation', 'Evaluation')], editable=False, max_length=10),
        ),
        migrations.AddField(
            model_name='job',
            name='evaluation',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to='catalog.evaluation'),
        ),
    ]
