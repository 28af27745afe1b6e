using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>All models with their versions, aliases and deployments, for lists.</summary>
public static class ModelView
{
    public static readonly View Definition = new("models", 4, ["model", "deployment", "withdrawal"], ["model_version", "model_alias", "deployment", "withdrawal", "withdrawn_version"],
        """
        CREATE TABLE model_version (model text NOT NULL, version int NOT NULL, digest text NOT NULL, run uuid NOT NULL, source text NOT NULL, created_at timestamptz NOT NULL, PRIMARY KEY (model, version));
        CREATE TABLE model_alias (model text NOT NULL, alias text NOT NULL, version int NOT NULL, PRIMARY KEY (model, alias));
        CREATE TABLE deployment (name text PRIMARY KEY, model text NOT NULL, version int NOT NULL, digest text NOT NULL, previous text, activated_by text NOT NULL, activated_at timestamptz NOT NULL);
        CREATE TABLE withdrawal (id uuid PRIMARY KEY, kind text NOT NULL, subject text NOT NULL, reason text NOT NULL, withdrawn_by text NOT NULL, withdrawn_at timestamptz NOT NULL);
        CREATE TABLE withdrawn_version (version text NOT NULL, withdrawal uuid NOT NULL, decided bool NOT NULL, PRIMARY KEY (version, withdrawal));
        """, Apply);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        switch (stored.Data)
        {
            case ModelVersionRegistered e:
                changes.Add("INSERT INTO model_version VALUES (@Model, @Version, @Digest, @Run, @Source, @At)",
                    new { e.Model, e.Version, Digest = e.Digest.ToString(), Run = e.Run.Value, e.Source, stored.At });
                if (e.Withdrawals is { } before)
                    changes.Add("INSERT INTO withdrawn_version SELECT @Version, w, false FROM unnest(@Withdrawals) AS t (w) ON CONFLICT DO NOTHING", new { Version = ModelEvents.Version(e.Model, e.Version).Id, Withdrawals = before.Select(id => id.Value).ToArray() });
                break;
            case AliasMoved e:
                changes.Add("INSERT INTO model_alias VALUES (@Model, @Alias, @Version) ON CONFLICT (model, alias) DO UPDATE SET version = @Version",
                    new { e.Model, e.Alias, e.Version });
                break;
            case Withdrawn e:
                changes.Add("INSERT INTO withdrawal VALUES (@Id, @Kind, @Subject, @Reason, @WithdrawnBy, @At)",
                    new { Id = e.Withdrawal.Value, Kind = e.Subject.Kind.ToString(), Subject = e.Subject.Id, e.Reason, e.WithdrawnBy, stored.At });
                Mark(e.Withdrawal, e.Versions, e.Decided, changes);
                break;
            case WithdrawalReached e:
                Mark(e.Withdrawal, e.Learned.Versions, e.Decided, changes);
                break;
            case DeploymentActivated e:
                changes.Add("""
                    INSERT INTO deployment VALUES (@Deployment, @Model, @Version, @Digest, @Previous, @ActivatedBy, @At)
                    ON CONFLICT (name) DO UPDATE SET (model, version, digest, previous, activated_by, activated_at) = (@Model, @Version, @Digest, @Previous, @ActivatedBy, @At)
                    """, new { e.Deployment, e.Model, e.Version, Digest = e.Digest.ToString(), Previous = e.Previous?.ToString(), e.ActivatedBy, stored.At });
                break;
        }
    }

    /// <summary>What it reached may follow behind a registration that names the withdrawal already: both say the same.</summary>
    private static void Mark(WithdrawalId withdrawal, IReadOnlyList<string> learned, Affected? promoted, ViewChanges changes)
    {
        foreach (var (versions, decided) in new[] { (learned, false), (promoted?.Versions ?? [], true) })
            changes.Add("INSERT INTO withdrawn_version SELECT v, @Id, @Decided FROM unnest(@Versions) AS t (v) ON CONFLICT DO NOTHING", new { Id = withdrawal.Value, Versions = versions.ToArray(), Decided = decided });
    }
}
