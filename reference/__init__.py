"""What is right: the oracle of Integrated Gradients, the laws, and how far a correct result may lie from them."""
