namespace Lepton.Orleans;

/// <summary>What a repair pass has found in one kind of index.</summary>
/// <param name="Scanned">Entries and states looked at.</param>
/// <param name="EntriesWithoutState">Entries of what does not exist.</param>
/// <param name="StatesWithoutEntry">What exists and had no entry.</param>
/// <param name="Mended">How many of both are mended; the others are found again by the next pass.</param>
[GenerateSerializer, Immutable, Alias("lepton.RepairCounts")]
public sealed record RepairCounts(
    [property: Id(0)] long Scanned, [property: Id(1)] long EntriesWithoutState, [property: Id(2)] long StatesWithoutEntry, [property: Id(3)] long Mended)
{
    /// <summary>Nothing yet.</summary>
    public static RepairCounts None { get; } = new(0, 0, 0, 0);
}
