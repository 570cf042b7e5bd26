namespace Lepton.Orleans.Engine.Ranking;

/// <summary>Scratch memory of <see cref="UserNeighbourhood"/>, and what it found for the user at hand.</summary>
internal sealed class UserScratch
{
    /// <summary>Who was found, <see cref="Count"/> of them.</summary>
    public readonly int[] Users = new int[UserNeighbourhood.Neighbours];

    /// <summary>What each of their items counts.</summary>
    public readonly float[] Shares = new float[UserNeighbourhood.Neighbours];

    public readonly float[] Matrix = new float[UserNeighbourhood.Neighbours * UserNeighbourhood.Neighbours];

    // By entry of the neighbours' items, in the order in which they are gone through.
    public readonly int[] Owners = new int[UserNeighbourhood.Neighbours * UserTable.MaximumItems];
    public readonly int[] Before = new int[UserNeighbourhood.Neighbours * UserTable.MaximumItems];

    /// <summary>How many were found.</summary>
    public int Count;

    // By user; zero between two uses.
    public float[] Overlaps = [];
    public int[] Shared = [];
    public int[] Touched = [];
    public ulong[] Keys = [];

    // By item, one more than the last entry that holds it; zero between two uses.
    public int[] Heads = [];

    public void Fit(UserTable table)
    {
        if (Overlaps.Length < table.Count)
        {
            Overlaps = new float[table.Count];
            Shared = new int[table.Count];
            Touched = new int[table.Count];
            Keys = new ulong[table.Count];
        }

        if (Heads.Length < table.ItemCount)
        {
            Heads = new int[table.ItemCount];
        }
    }
}
