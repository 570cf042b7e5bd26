namespace Lepton.Orleans.Engine.Samples;

/// <summary>Some of the films in the order of their release, to draw from in proportion to popularity.</summary>
internal sealed class SampleShelf
{
    private readonly int[] _films;
    private readonly DateTime[] _released;
    private readonly double[] _upTo;

    /// <summary>A shelf of the films at the given indexes, which are in the order of release.</summary>
    public SampleShelf(SampleFilm[] films, IEnumerable<int> indexes)
    {
        _films = [.. indexes];
        _released = new DateTime[_films.Length];
        _upTo = new double[_films.Length + 1];
        for (var i = 0; i < _films.Length; i++)
        {
            _released[i] = films[_films[i]].Item.ReleasedAt;
            _upTo[i + 1] = _upTo[i] + films[_films[i]].Popularity;
        }
    }

    /// <summary>How many of the films were out before a moment.</summary>
    public int CountBefore(DateTime moment)
    {
        var at = Array.BinarySearch(_released, moment);
        at = at < 0 ? ~at : at;
        while (at > 0 && _released[at - 1] == moment)
        {
            at--;
        }

        return at;
    }

    /// <summary>The film at a place of the shelf, an index into all films.</summary>
    public int this[int place] => _films[place];

    /// <summary>One of the films at places from … to − 1, or -1 where there is none.</summary>
    public int Draw(SampleRandom random, int from, int to)
    {
        if (to <= from)
        {
            return -1;
        }

        var at = Array.BinarySearch(_upTo, from, to - from + 1, _upTo[from] + (random.Uniform() * (_upTo[to] - _upTo[from])));
        at = at < 0 ? ~at - 1 : at;
        return _films[Math.Clamp(at, from, to - 1)];
    }
}
