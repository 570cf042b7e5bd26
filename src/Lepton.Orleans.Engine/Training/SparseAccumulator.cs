namespace Lepton.Orleans.Engine.Training;

/// <summary>A dense row of sums with a list of the places that are in use, so that it empties in the time it was filled.</summary>
internal sealed class SparseAccumulator(int length)
{
    private readonly bool[] _used = new bool[length];
    private readonly int[] _touched = new int[length];
    private int _count;

    public float[] Values { get; } = new float[length];

    public Span<int> Touched => _touched.AsSpan(0, _count);

    public void Add(int index, float value)
    {
        if (!_used[index])
        {
            _used[index] = true;
            _touched[_count++] = index;
        }

        Values[index] += value;
    }

    public void Clear()
    {
        foreach (var index in Touched)
        {
            Values[index] = 0f;
            _used[index] = false;
        }

        _count = 0;
    }
}
