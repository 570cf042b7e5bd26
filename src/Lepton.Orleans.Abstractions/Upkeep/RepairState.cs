namespace Lepton.Orleans;

/// <summary>What goes on with a repair.</summary>
[GenerateSerializer, Alias("lepton.RepairState")]
public enum RepairState
{
    /// <summary>None has run since this activation.</summary>
    None,

    /// <summary>One is running.</summary>
    Running,

    /// <summary>The last one went through the whole store.</summary>
    Succeeded,

    /// <summary>The last one was cut off; what it mended stays mended.</summary>
    Failed,
}
