namespace Lepton.Orleans.Grains.Users;

/// <summary>
/// One at a time: a turn is handed from one to the next, first to calls that wait, then to requests that are queued. The
/// base of what has turns, because a silo holds many of those and each object weighs.
/// </summary>
/// <typeparam name="TRequest">What can be queued instead of waiting.</typeparam>
internal abstract class Turns<TRequest>
    where TRequest : struct
{
    private const int MaxQueued = 64;

    private Queue<TaskCompletionSource>? _waiting;
    private Queue<TRequest>? _queue;
    private bool _isTaken;
    private bool _isClosed;

    /// <summary>Does a queued request, in a turn. Must not throw.</summary>
    /// <returns>False: the turn is over. True: it goes on, and whoever ends it leaves.</returns>
    protected abstract bool TryBegin(TRequest request);

    /// <summary>Refuses a queued request: there will be no turn for it.</summary>
    protected abstract void Decline(TRequest request);

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="StaleActivationException">There are no turns any more.</exception>
    protected Task EnterAsync()
    {
        lock (this)
        {
            if (_isClosed)
            {
                return Task.FromException(new StaleActivationException(ToString()!));
            }

            if (!_isTaken)
            {
                _isTaken = true;
                return Task.CompletedTask;
            }

            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (_waiting ??= new Queue<TaskCompletionSource>(1)).Enqueue(waiting);
            return waiting.Task;
        }
    }

    /// <summary>Takes the turn or, where somebody has it, queues for the next.</summary>
    /// <returns>Whether the turn was taken; <see langword="null"/>: neither.</returns>
    protected bool? EnterOrQueue(TRequest request)
    {
        lock (this)
        {
            if (!_isTaken)
            {
                return _isTaken = true;
            }

            if (_isClosed || _queue?.Count >= MaxQueued)
            {
                return null;
            }

            (_queue ??= new Queue<TRequest>(1)).Enqueue(request);
            return false;
        }
    }

    /// <summary>Hands the turn on.</summary>
    protected void Leave()
    {
        while (true)
        {
            TaskCompletionSource? waiting;
            TRequest request;
            lock (this)
            {
                waiting = TakeFrom(ref _waiting, out var next) ? next : null;
                request = default;
                if (waiting is null && !TakeFrom(ref _queue, out request))
                {
                    _isTaken = false;
                    return;
                }
            }

            if (waiting is not null)
            {
                waiting.SetResult();
                return;
            }

            if (TryBegin(request))
            {
                return;
            }
        }
    }

    /// <summary>Keeps the turn for ever, and refuses everybody who waits for it or will.</summary>
    protected void CloseTurns()
    {
        Queue<TaskCompletionSource>? waiting;
        Queue<TRequest>? queue;
        lock (this)
        {
            (_isClosed, waiting, queue, _waiting, _queue) = (true, _waiting, _queue, null, null);
        }

        foreach (var one in waiting ?? [])
        {
            one.SetException(new StaleActivationException(ToString()!));
        }

        foreach (var request in queue ?? [])
        {
            Decline(request);
        }
    }

    private static bool TakeFrom<T>(ref Queue<T>? queue, out T taken)
    {
        if (queue is null)
        {
            taken = default!;
            return false;
        }

        taken = queue.Dequeue();
        if (queue.Count == 0)
        {
            queue = null;
        }

        return true;
    }
}
