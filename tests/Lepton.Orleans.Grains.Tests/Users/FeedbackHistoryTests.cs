using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class FeedbackHistoryTests
{
    private sealed record Step(FeedbackEvent Event, string Comment, bool Removes, bool AllTypes, bool Replaces, bool IsShown);

    private static readonly Gen<Step> AnyStep =
        from e in UserGenerators.Event
        from comment in Gen.Elements("", "good", "bad")
        from removes in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
        from allTypes in Gen.Elements(true, false)
        from replaces in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from isShown in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Step(e, comment, removes, allTypes, replaces, isShown);

    [Fact]
    public void A_history_behaves_as_a_sorted_list_and_its_views_never_change() =>
        Prop.ForAll(AnyStep.ListOf().ToArbitrary(), steps =>
        {
            var history = new FeedbackHistory();
            var naive = new List<FeedbackEvent>();
            var comments = new Dictionary<(int, int), string>();
            var views = new List<(UserView View, FeedbackEvent[] Expected)>();
            foreach (var step in steps)
            {
                if (step.Removes)
                {
                    var type = step.AllTypes ? -1 : step.Event.Type;
                    var gone = naive.Where(e => e.Item == step.Event.Item && (type < 0 || e.Type == type)).ToList();
                    naive.RemoveAll(gone.Contains);
                    gone.ForEach(e => comments.Remove((e.Type, e.Item)));
                    Assert.Equal(gone.Select(e => e.Type).Distinct().Count(), history.Remove(type, step.Event.Item));
                }
                else
                {
                    if (step.Replaces)
                    {
                        naive.RemoveAll(e => e.Type == step.Event.Type && e.Item == step.Event.Item);
                        comments.Remove((step.Event.Type, step.Event.Item));
                    }

                    // A stable sort by time keeps arrival order among equals, and so does inserting after the last equal.
                    naive.Insert(naive.FindLastIndex(e => e.TimeMs <= step.Event.TimeMs) + 1, step.Event);
                    if (step.Comment.Length > 0)
                    {
                        comments[(step.Event.Type, step.Event.Item)] = step.Comment;
                    }

                    if (step.Replaces)
                    {
                        history.Replace([(step.Event, step.Comment)]);
                    }
                    else
                    {
                        history.Add(step.Event, step.Comment);
                    }
                }

                var items = naive.Select(e => e.Item).Append(step.Event.Item).Append(999).Distinct().ToArray();
                var found = history.EventsOf(items);
                Assert.All(items, item => Assert.Equal(naive.Where(e => e.Item == item), found.GetValueOrDefault(item, [])));
                Assert.Equal(naive, history.Events.ToArray());
                Assert.Equal(naive.Count, history.Count);
                Assert.Equal(naive.Any(e => e.Item == step.Event.Item), history.Mentions(step.Event.Item));
                Assert.Equal(comments.GetValueOrDefault((step.Event.Type, step.Event.Item), ""), history.CommentOf(step.Event.Type, step.Event.Item));
                Assert.Equal(
                    naive.Any(e => e.IsExplicit && e.Item == step.Event.Item && e.Type == step.Event.Type && e.TimeMs == step.Event.TimeMs),
                    history.Contains(step.Event));
                if (step.IsShown)
                {
                    views.Add((history.View(views.Count), [.. naive]));
                }
            }

            Assert.All(views, (v, i) =>
            {
                Assert.Equal(i, v.View.Version);
                Assert.Equal(v.Expected, v.View.Events.ToArray());
            });
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Events_that_come_together_leave_what_they_leave_one_by_one() =>
        Prop.ForAll(AnyStep.ListOf().ToArbitrary(), AnyStep.ListOf().ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (before, steps, replaces) =>
        {
            var (together, apart) = (new FeedbackHistory(), new FeedbackHistory());
            foreach (var step in before)
            {
                together.Add(step.Event, step.Comment);
                apart.Add(step.Event, step.Comment);
            }

            (FeedbackEvent Event, string Comment)[] added = [.. steps.Select(s => (s.Event, s.Comment))];
            if (replaces)
            {
                together.Replace(added);
                foreach (var (e, comment) in added)
                {
                    apart.Remove(e.Type, e.Item);
                    apart.Add(e, comment);
                }
            }
            else
            {
                together.Add(added);
                foreach (var (e, comment) in added)
                {
                    apart.Add(e, comment);
                }
            }

            Assert.Equal(apart.Events.ToArray(), together.Events.ToArray());
            Assert.All(added, a => Assert.Equal(apart.CommentOf(a.Event.Type, a.Event.Item), together.CommentOf(a.Event.Type, a.Event.Item)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_long_history_knows_its_items_through_every_change()
    {
        var history = new FeedbackHistory();
        for (var item = 0; item < 2000; item++)
        {
            history.Add(new FeedbackEvent(item, 0, 2000 - item, 0, true), "");
            Assert.True(history.Mentions(item));
            Assert.False(history.Mentions(item + 1));
        }

        history.Remove(-1, 1000);
        Assert.False(history.Mentions(1000));
        history.Replace([(new FeedbackEvent(999, 1, 5, 0, true), ""), (new FeedbackEvent(3000, 1, 5, 0, true), "")]);
        Assert.True(history.Mentions(999) && history.Mentions(3000) && history.Mentions(1999) && !history.Mentions(1000));
        history.Add([(new FeedbackEvent(4000, 1, 5, 0, true), ""), (new FeedbackEvent(4001, 1, 5, 0, true), "")]);
        Assert.True(history.Mentions(4000) && history.Mentions(4001) && !history.Mentions(4002));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_write_to_a_long_history_takes_does_not_grow_with_it(bool replaces)
    {
        const int Long = 100_000;
        var history = new FeedbackHistory();
        for (var item = 0; item < Long; item++)
        {
            history.Add(new FeedbackEvent(item, 0, item, 0, true), "");
        }

        // Dated ahead of all that is written after it, which nobody is shown meanwhile.
        history.View(1);
        history.Add(new FeedbackEvent(Long, 0, 1000L * Long, 0, true), "");
        Write(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var n = 1; n <= 100; n++)
        {
            Write(n);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 * 2000);
        Assert.Equal((Long + 102, Long), (history.Count, history.Events[^1].Item));

        void Write(int n)
        {
            (FeedbackEvent, string)[] added = [(new FeedbackEvent(Long + 1 + n, 0, Long + n, 0, true), "")];
            if (replaces)
            {
                history.Replace(added);
            }
            else
            {
                history.Add(added);
            }
        }
    }

    [Fact]
    public void A_removal_of_something_else_leaves_the_history_as_it_is()
    {
        var history = new FeedbackHistory();
        history.Add(new FeedbackEvent(1, 0, 5, 2, true), "kept");
        Assert.Equal(0, history.Remove(-1, 7));
        Assert.Equal(0, history.Remove(3, 1));
        Assert.Equal(1, history.Count);
        Assert.Equal("kept", history.CommentOf(2, 1));
    }
}
