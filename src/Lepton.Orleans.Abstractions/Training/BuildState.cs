namespace Lepton.Orleans;

/// <summary>What a training grain is doing.</summary>
[GenerateSerializer, Alias("lepton.BuildState")]
public enum BuildState
{
    /// <summary>Nothing was built yet.</summary>
    None,

    /// <summary>A build is running.</summary>
    Running,

    /// <summary>The last build is in use.</summary>
    Succeeded,

    /// <summary>The last build failed.</summary>
    Failed,

    /// <summary>The last build was cancelled.</summary>
    Cancelled,
}
