namespace Lepton.Orleans.Grains.Training;

/// <summary>A build under way.</summary>
/// <param name="Tenant">The tenant.</param>
/// <param name="Version">The version of the model to be.</param>
/// <param name="Record">Where the steps write down how far they have come.</param>
/// <param name="Tell">Changes what those who ask are told, from any thread.</param>
internal sealed record BuildRun(string Tenant, long Version, IPersistentState<TrainingState> Record, Action<Func<BuildStatus, BuildStatus>> Tell)
{
    /// <summary>What is remembered of the tenant's builds.</summary>
    public TrainingState State => Record.State;

    /// <summary>Writes the state down, also where the build is being cancelled.</summary>
    public Task SaveAsync() => Record.WriteStateAsync(CancellationToken.None);
}
