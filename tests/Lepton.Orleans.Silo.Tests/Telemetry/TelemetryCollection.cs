namespace Lepton.Orleans.Silo.Tests.Telemetry;

/// <summary>Tests of what a process tells about itself: alone in theirs, because meters and spans are the process's, not a server's.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TelemetryCollection
{
    /// <summary>The collection's name.</summary>
    public const string Name = "telemetry";
}
