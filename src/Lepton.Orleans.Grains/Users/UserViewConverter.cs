namespace Lepton.Orleans.Grains.Users;

/// <summary>Between a view and what of it travels.</summary>
[RegisterConverter]
internal sealed class UserViewConverter : IConverter<UserView, UserViewSurrogate>
{
    /// <exception cref="InvalidDataException">This process cannot number a type.</exception>
    public UserView ConvertFromSurrogate(in UserViewSurrogate surrogate)
    {
        var types = Array.ConvertAll(surrogate.Types, FeedbackTypes.NumberOf);
        var events = Array.ConvertAll(surrogate.Events, e => FeedbackEvent.FromStored(e.Item, e.Value, e.TimeMs, types[e.Type], e.IsExplicit));
        return new UserView(surrogate.Version, events, events.Length);
    }

    public UserViewSurrogate ConvertToSurrogate(in UserView value)
    {
        var types = new List<int>();
        var events = value.Events.ToArray();
        foreach (ref var e in events.AsSpan())
        {
            var place = types.IndexOf(e.Type);
            if (place < 0)
            {
                place = types.Count;
                types.Add(e.Type);
            }

            e = new FeedbackEvent(e.Item, e.Value, e.TimeMs, place, e.IsExplicit);
        }

        return new UserViewSurrogate { Version = value.Version, Events = events, Types = [.. types.Select(FeedbackTypes.NameOf)] };
    }
}
