"""The nouns of the provider, as plain data: who asks (`client`), for whom (`user`), and what they
were given that ends one day (`artifact`).

Everything here is frozen and knows no behaviour beyond a question about itself. What is kept, where
and for how long belongs to `store`; what is allowed belongs to `flows`; what a value is called in a
file belongs to `profiles` and `config`.
"""
