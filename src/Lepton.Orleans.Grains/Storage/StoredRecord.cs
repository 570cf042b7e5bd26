namespace Lepton.Orleans.Grains.Storage;

/// <summary>A record as it is in the store.</summary>
/// <param name="Exists">False: nothing was ever written under this key, or it was deleted.</param>
/// <param name="Snapshot">The snapshot's bytes; empty where only frames were written yet.</param>
/// <param name="Journal">The frames appended since the snapshot, oldest first.</param>
internal readonly record struct StoredRecord(bool Exists, ReadOnlyMemory<byte> Snapshot, byte[][] Journal)
{
    public static StoredRecord Missing { get; } = new(false, default, []);
}
