namespace Lepton.Orleans.Grains.Training;

/// <summary>What backups need of a tenant's builds. Key: the tenant.</summary>
[Alias("lepton.ITrainingStateGrain")]
internal interface ITrainingStateGrain : IGrainWithStringKey
{
    /// <summary>What is remembered of the builds.</summary>
    [Alias("GetState")] Task<TrainingState> GetStateAsync();

    /// <summary>Cancels the running build, because a model is about to be restored.</summary>
    /// <param name="version">The version that the model had.</param>
    /// <returns>The version to restore it under: replicas take over a higher one only.</returns>
    [Alias("BeginRestore"), ResponseTimeout("00:01:00")] Task<long> BeginRestoreAsync(long version);

    /// <summary>Takes over what is known of a restored model, which is in the store.</summary>
    [Alias("Restore"), ResponseTimeout("00:01:00")] Task RestoreAsync(TrainingState restored);
}
