namespace Lepton.Orleans.Grains.Users;

/// <summary>What a user says to another who is to be merged into it.</summary>
/// <param name="Exists">Whether there is such a user.</param>
/// <param name="GoneInto">Whom it was merged into itself, if that is why there is not.</param>
/// <param name="Rows">How many events the other has brought before; <see langword="null"/>: it has not.</param>
[GenerateSerializer, Immutable, Alias("lepton.MergeTarget")]
internal readonly record struct MergeTarget([property: Id(0)] bool Exists, [property: Id(1)] string? GoneInto, [property: Id(2)] int? Rows);
