namespace Lepton.Orleans.Grains.Roles;

/// <summary>What a silo does: <c>Lepton:Roles</c>. The silos of a cluster may have different ones; together they need all.</summary>
[Flags]
public enum SiloRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Answers the REST API. A silo without it answers for its health and its metrics alone.</summary>
    Api = 1,

    /// <summary>Hosts the grains of users: profiles, feedback and histories. Holds a replica, for the numbers of items.</summary>
    Users = 2,

    /// <summary>
    /// Hosts the grains of items, the catalogue, the item shards, and what concerns a whole tenant: listings, lists that are the
    /// same for everyone, sessions. Holds a replica.
    /// </summary>
    Items = 4,

    /// <summary>
    /// Hosts the grains that make users' lists, each beside its user where the user's silo has this role too. Holds a replica,
    /// which it ranks from.
    /// </summary>
    Recommendations = 8,

    /// <summary>Hosts what works in the background: builds, and the repair of indexes. Holds a replica.</summary>
    Training = 16,

    /// <summary>Reads Kafka, where <c>Lepton:Kafka</c> names a broker.</summary>
    Streams = 32,

    /// <summary>Everything, as one silo has to.</summary>
    All = Api | Users | Items | Recommendations | Training | Streams,
}
