namespace Lepton.Orleans.Grains.Pauses;

/// <summary>What all silos are told.</summary>
/// <param name="Tenant">Whose writes are meant.</param>
/// <param name="Until">When they go on by themselves; <see langword="null"/>: not before they are resumed.</param>
[GenerateSerializer, Immutable, Alias("lepton.PauseOrder")]
internal sealed record PauseOrder([property: Id(0)] string Tenant, [property: Id(1)] DateTimeOffset? Until);
