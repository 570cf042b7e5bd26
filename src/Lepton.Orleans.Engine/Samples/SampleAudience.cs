namespace Lepton.Orleans.Engine.Samples;

/// <summary>Lets users choose films: what happens to a catalogue in the course of time.</summary>
internal sealed class SampleAudience
{
    private const int NewReleases = 80;

    private readonly SampleFilm[] _films;
    private readonly SampleShelf _all;
    private readonly SampleShelf[] _genres;
    private readonly Dictionary<int, SampleShelf> _directors;

    /// <summary>An audience for a catalogue.</summary>
    public SampleAudience(SampleFilm[] films)
    {
        _films = films;
        var numbers = Enumerable.Range(0, films.Length).ToArray();
        _all = new SampleShelf(films, numbers);
        _genres = [.. SampleGenre.All.Select((_, genre) => new SampleShelf(films, numbers.Where(film => films[film].Genres.Contains(genre))))];
        _directors = numbers.GroupBy(film => films[film].Director).ToDictionary(group => group.Key, group => new SampleShelf(films, group));
    }

    /// <summary>The events of all users in the order of time; memory is that of the users' histories.</summary>
    public IEnumerable<SampleEvent> Watch(SampleOptions options, IReadOnlyList<SampleUser> users, SampleTaste[] tastes)
    {
        var viewers = new SampleViewer[users.Count];
        var waiting = new PriorityQueue<int, (DateTime, int)>();
        for (var user = 0; user < viewers.Length; user++)
        {
            viewers[user] = new SampleViewer(SampleRandom.For(options.Seed, purpose: 3, user), users[user].JoinedAt, tastes[user]);
            Schedule(user);
        }

        while (waiting.TryDequeue(out var user, out var when))
        {
            var viewer = viewers[user];
            var film = Choose(viewer, when.Item1);
            if (film < 0)
            {
                continue;
            }

            var type = Verdict(viewer, film);
            viewer.Saw(film, type == "like");
            yield return new SampleEvent(type, users[user].UserId, _films[film].Item.ItemId, 1, when.Item1);
            Schedule(user);
        }

        void Schedule(int user)
        {
            if (viewers[user].NextMoment(options.Now) is { } moment)
            {
                waiting.Enqueue(user, (moment, user));
            }
        }
    }

    private int Choose(SampleViewer viewer, DateTime when)
    {
        for (var attempt = 0; attempt < 30; attempt++)
        {
            var film = FromBeginning(viewer, Wish(viewer, when), when);
            if (film >= 0 && !viewer.HasSeen(film))
            {
                return film;
            }
        }

        // They have seen nearly everything they would wish for.
        var released = _all.CountBefore(when);
        var start = released == 0 ? 0 : viewer.Random.Below(released);
        for (var i = 0; i < released; i++)
        {
            var film = _all[(start + i) % released];
            if (!viewer.HasSeen(film))
            {
                return film;
            }
        }

        return -1;
    }

    private int Wish(SampleViewer viewer, DateTime when)
    {
        var random = viewer.Random;
        var taste = viewer.Taste;
        if (random.Chance(taste.SeriesLoyalty) && NextPart(viewer, when) is var part and >= 0)
        {
            return part;
        }

        if (viewer.Liked.Count > 0 && random.Chance(taste.DirectorLoyalty))
        {
            var shelf = _directors[_films[random.Pick(viewer.Liked)].Director];
            return shelf.Draw(random, 0, shelf.CountBefore(when));
        }

        var released = _all.CountBefore(when);
        if (random.Chance(taste.Novelty))
        {
            return Accepted(viewer, _all.Draw(random, Math.Max(0, released - NewReleases), released), byEra: false);
        }

        if (random.Chance(taste.Mainstream))
        {
            return _all.Draw(random, 0, released);
        }

        var genre = _genres[random.Weighted(taste.Genres)];
        return Accepted(viewer, genre.Draw(random, 0, genre.CountBefore(when)), byEra: true);
    }

    private int NextPart(SampleViewer viewer, DateTime when)
    {
        for (var i = viewer.Liked.Count - 1; i >= 0; i--)
        {
            var next = _films[viewer.Liked[i]].Next;
            if (next >= 0 && !viewer.HasSeen(next) && _films[next].Item.ReleasedAt < when)
            {
                return next;
            }
        }

        return -1;
    }

    /// <summary>Few people start in the middle of a series.</summary>
    private int FromBeginning(SampleViewer viewer, int film, DateTime when)
    {
        if (film < 0 || _films[film].Previous < 0 || viewer.HasSeen(_films[film].Previous) || viewer.Random.Chance(0.2))
        {
            return film;
        }

        while (_films[film].Previous is var previous and >= 0 && !viewer.HasSeen(previous))
        {
            film = previous;
        }

        return _films[film].Item.ReleasedAt < when ? film : -1;
    }

    /// <summary>The film, or -1 where its genres or its year put the viewer off.</summary>
    private int Accepted(SampleViewer viewer, int film, bool byEra)
    {
        if (film < 0)
        {
            return -1;
        }

        var chance = 0.1 + Affinity(viewer, film);
        if (byEra)
        {
            var distance = (_films[film].Item.ReleasedAt.Year - viewer.Taste.Era) / viewer.Taste.EraWidth;
            chance *= Math.Exp(-0.5 * distance * distance) + 0.03;
        }

        return viewer.Random.Chance(chance) ? film : -1;
    }

    /// <summary>How much of the viewer's taste a film meets, 0 to 1.</summary>
    private double Affinity(SampleViewer viewer, int film)
    {
        var met = 0.0;
        foreach (var genre in _films[film].Genres)
        {
            met += viewer.Taste.Genres[genre];
        }

        return Math.Min(1, met / _films[film].Genres.Length * 1.8);
    }

    private string Verdict(SampleViewer viewer, int film)
    {
        var affinity = Affinity(viewer, film);
        var drawn = viewer.Random.Uniform();
        var dislike = 0.02 + (0.14 * (1 - affinity));
        var read = 0.06 + (0.12 * (1 - affinity));
        return drawn < dislike ? "dislike" : drawn < dislike + read ? "read" : "like";
    }
}
