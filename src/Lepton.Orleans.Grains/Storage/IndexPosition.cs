namespace Lepton.Orleans.Grains.Storage;

/// <summary>A place in a bucketed index: after <paramref name="Member"/> of <paramref name="Bucket"/>.</summary>
internal readonly record struct IndexPosition(int Bucket, string Member)
{
    public static IndexPosition Start { get; } = new(0, "");
}
