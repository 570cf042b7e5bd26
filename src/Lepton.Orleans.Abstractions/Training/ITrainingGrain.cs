namespace Lepton.Orleans;

/// <summary>Builds models from the users' histories in the background, one build at a time. Key: the tenant.</summary>
[Alias("lepton.ITrainingGrain")]
public interface ITrainingGrain : IGrainWithStringKey
{
    /// <summary>Starts a build unless one is running; returns at once.</summary>
    [Alias("Start")] Task<BuildStatus> StartAsync();

    /// <summary>How far the running build is, or how the last one ended.</summary>
    [Alias("GetStatus")] Task<BuildStatus> GetStatusAsync();

    /// <summary>Cancels the running build; the model in use stays.</summary>
    [Alias("Cancel"), ResponseTimeout("00:01:00")] Task<BuildStatus> CancelAsync();
}
